"""Pure rules: tables and properties, no engine, no database."""
