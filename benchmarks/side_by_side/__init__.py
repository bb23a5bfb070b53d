"""Tables side by side: who competes, the tables, a process for each library, and paired tests."""
