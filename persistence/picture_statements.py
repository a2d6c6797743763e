"""The statements behind `persistence.picture`. Their parameters are those of its `Scope`, and what each asks for besides."""

from sqlalchemy import text

_STANDING = """
    WITH expected AS (
        SELECT b.id, b.name, b.city, b.direction, b.department, b.planned_total, b.opening_total,
               least((extract(year FROM CAST(:last_day AS date)) - extract(year FROM b.pilot_start)) * 12
                     + extract(month FROM CAST(:last_day AS date)) - extract(month FROM b.pilot_start) + 1,
                     12) AS months
        FROM bases b
        WHERE b.pilot_start <= :last_day
          AND (b.gone_on IS NULL OR b.gone_on > :last_day)
          AND (CAST(:city AS text) IS NULL OR b.city = :city)
          AND NOT EXISTS (
              SELECT 1 FROM suspensions s
              WHERE s.base_id = b.id AND s.first <= :last_day AND (s.last IS NULL OR s.last >= :last_day)
          )
    ), standing AS (
        SELECT e.*, o.id AS obligation_id, o.version, o.state = ANY(:handed_in) AS stands, CASE
            WHEN o.id IS NULL THEN CASE WHEN :locked THEN '缺报' ELSE '未报' END
            WHEN o.state = :waived THEN '免报'
            WHEN o.state = ANY(:handed_in) THEN CASE WHEN o.on_time THEN '按时' ELSE '迟报' END
            WHEN o.state = :missing OR (o.locks <= :now AND NOT o.paused) THEN '缺报'
            ELSE '未报'
        END AS outcome
        FROM expected e
        LEFT JOIN obligations o ON o.base_id = e.id AND o.kind = :kind AND o.period = :period
    )
"""
"""Who owes the period (as `domain.policy.obligations.owes`), and how each stands. What was returned and not handed in
again counts as not reported."""

GROUPS = text(
    f"""
    {_STANDING}, invested AS (
        SELECT s.*, coalesce(f.number, s.opening_total, 0) AS done
        FROM standing s
        LEFT JOIN LATERAL (
            SELECT s.obligation_id AS id, s.version WHERE s.stands
            UNION ALL
            (SELECT o.id, o.version FROM obligations o
             WHERE s.stands IS NOT TRUE
               AND o.base_id = s.id AND o.kind = :kind AND o.period < :period AND o.state = ANY(:handed_in)
             ORDER BY o.period DESC LIMIT 1)
        ) newest ON true
        LEFT JOIN figures f ON f.obligation_id = newest.id AND f.version = newest.version AND f.key = :invested
    )
    SELECT grouping(city, direction, department) AS level, city, direction, department,
           count(*) FILTER (WHERE outcome = '按时') AS on_time,
           count(*) FILTER (WHERE outcome = '迟报') AS late,
           count(*) FILTER (WHERE outcome = '缺报') AS missing,
           count(*) FILTER (WHERE outcome = '未报') AS open,
           count(*) FILTER (WHERE outcome = '免报') AS waived,
           coalesce(sum(done) FILTER (WHERE planned_total > 0), 0) AS done,
           coalesce(sum(planned_total) FILTER (WHERE planned_total > 0), 0) AS plan,
           coalesce(sum(planned_total * months) FILTER (WHERE planned_total > 0), 0) AS elapsed,
           coalesce(sum(done), 0) AS invested
    FROM invested
    GROUP BY GROUPING SETS ((), (city), (direction), (department))
    """  # noqa: S608 - put together from the constant above
)

OUTSTANDING = text(
    f"""
    {_STANDING}
    SELECT id, name, city, department, outcome FROM standing WHERE outcome IN ('缺报', '未报')
    ORDER BY city, name, id
    """  # noqa: S608 - as above
)

_REPORTS = """
    SELECT o.id, o.no, o.base_id, o.version, o.period, b.name, b.city
    FROM obligations o JOIN bases b ON b.id = o.base_id
    WHERE o.kind = :kind AND o.state = ANY(:handed_in) AND (CAST(:city AS text) IS NULL OR b.city = :city)
"""
"""What stands reported, in its newest version."""

_MARK = "sum(hashint8extended(no, version))"
"""Tells one set of reports from another: which ones, and in which version."""

KNOWN_SUMS = text(
    f"""
    WITH reports AS ({_REPORTS} AND o.period <= :period),
    marks AS (SELECT period, city, {_MARK} AS mark FROM reports GROUP BY period, city)
    SELECT m.period, m.city, s.sums FROM marks m
    LEFT JOIN period_sums s
        ON s.kind = :kind AND s.period = m.period AND s.city = m.city AND s.mark = m.mark
    """  # noqa: S608 - put together from the constants above
)

NEW_SUMS = text(
    f"""
    SELECT period, city, '' AS key, {_MARK} AS total
    FROM ({_REPORTS} AND o.period = ANY(:periods)) r GROUP BY period, city
    UNION ALL
    SELECT r.period, r.city, f.key, sum(f.number)
    FROM ({_REPORTS} AND o.period = ANY(:periods)) r
    JOIN figures f ON f.obligation_id = r.id AND f.version = r.version
    WHERE f.number IS NOT NULL GROUP BY r.period, r.city, f.key
    """  # noqa: S608 - as above
)
"""In one statement, so that the marks (without a key) are those of the same reports."""

CHANGES = text(
    f"""
    WITH now AS ({_REPORTS} AND o.period = :period), before AS ({_REPORTS} AND o.period = :previous),
    whole AS (
        SELECT unnest(CAST(:keys AS text[])) AS key, unnest(CAST(:totals AS numeric[])) AS total
    )
    SELECT now.base_id, now.name, now.city, both_of.key, both_of.before, both_of.now
    FROM now JOIN before USING (base_id)
    CROSS JOIN LATERAL (
        SELECT key, old.number AS before, new.number AS now
        FROM figures old JOIN figures new USING (key)
        WHERE old.obligation_id = before.id AND old.version = before.version
          AND new.obligation_id = now.id AND new.version = now.version AND new.number <> old.number
        OFFSET 0
    ) both_of
    JOIN whole USING (key)
    WHERE total > 0
    ORDER BY abs(both_of.now - both_of.before) / total DESC, now.base_id, both_of.key
    LIMIT :most
    """  # noqa: S608 - as above
)
"""Report by report (OFFSET 0 keeps it so): one join over all figures would grow faster than they do."""

PROBLEMS = text(
    f"""
    SELECT r.base_id, r.name, r.city,
           max(f.text) FILTER (WHERE f.key = :help_from) AS unit, max(f.text) FILTER (WHERE f.key = :problems) AS text
    FROM ({_REPORTS} AND o.period = :period) r
    JOIN figures f ON f.obligation_id = r.id AND f.version = r.version AND f.key IN (:problems, :help_from)
    WHERE f.text <> :none
    GROUP BY r.base_id, r.name, r.city ORDER BY r.city, r.name, r.base_id
    """  # noqa: S608 - as above
)

READING = text(
    """
    SELECT set_config('work_mem', '64MB', true), set_config('random_page_cost', '1.1', true),
           set_config('max_parallel_workers_per_gather', CAST(:workers AS text), true)
    """
)
"""For this transaction: what was handed in for one period lies together, and is better looked up than searched for.

Several workers sort the same rows each for itself; they help only where all figures are read."""
