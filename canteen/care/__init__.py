"""Services other than meals (助洁、助浴、探视 …) and who provides them.

A service is recorded with its kind, provider, day, minutes and price, and who confirmed it; the engine of the schemes
divides its price as it divides that of a meal, purses pay what they hold, the elder pays the rest. Providers have
contracts, assessments and bans; one without a contract on the day, or banned, cannot be recorded. Terms of schemes
that ask for visits (at least N a month) are compared with what was recorded: who is behind is a list.
"""
