"""What all pages share: style, script, the line that says the database is away."""

from pathlib import Path

from nicegui import ui

_HERE = Path(__file__).parent
AWAY = "数据库暂时连不上。恢复后本页会自动继续，不用刷新。"


def dress() -> None:
    """Style and script of a page."""
    ui.colors(primary="#1f4e79")
    ui.add_css((_HERE / "look.css").read_text("utf-8"))
    ui.add_head_html(f"<script>{(_HERE / 'look.js').read_text('utf-8')}</script>")


def away_line() -> ui.label:
    """The line, not shown yet."""
    line = ui.label(AWAY).classes("jb-away").props("role=status")
    line.set_visibility(False)
    return line
