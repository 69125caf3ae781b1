"""Where people and machines come in: the home of each role, first set-up, jobs, the demo, health."""
