"""Where strangers' files are opened: a room of its own, in a process of its own.

Everything here runs in a short-lived child of the web process or the worker
(`python -m classprojects.gateways.darkroom`), with a bare environment, a cap
on memory, CPU time and file size, and no database. A decoder that crashes,
loops or swells takes nothing with it but the file it was given.

`classprojects.gateways.transcoder` is the door: nobody else comes in here.
"""
