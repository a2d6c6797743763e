"""Task queues and how activities are called from workflows."""

from datetime import timedelta

from temporalio.common import Priority, RetryPolicy

MAIN_QUEUE = "jiebang"
MESSAGE_QUEUE = "jiebang-messages"

ACTIVITY_TIMEOUT = timedelta(seconds=30)
RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(minutes=1))
"""An accident is tried again until it works: a database that is away loses nothing."""

MESSAGE_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))
MESSAGE_GIVES_UP_AFTER = timedelta(days=30)
"""Of machine time, longer than any holiday: messages wait for office hours. After that the delivery stays queued in the database, with the error of its last attempt."""

URGENT = Priority(priority_key=2)
"""Notices and reminders go before what is sent in bulk (default 3)."""
