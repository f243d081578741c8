"""Tables, pictures and pages for people: reads results and data sets, never scores or trains anything again."""
