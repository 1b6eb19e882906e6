"""Files over HTTP: guarded like their pages, in parts where a player asks for parts."""
