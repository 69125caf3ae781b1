"""What every room stands on: database, web and who is asking, fields, words, clock, money, vault, errors, settings, files of tables."""
