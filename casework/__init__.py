"""What people do about an application, in one place for chat, API and pages: each is a check, and one call of a workflow."""
