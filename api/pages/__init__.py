"""Pages for people without a chat: plain HTML from the server, no scripts."""
