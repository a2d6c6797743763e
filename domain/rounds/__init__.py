"""A call from 发榜 to publication, as pure state: see `domain.rounds.state`."""
