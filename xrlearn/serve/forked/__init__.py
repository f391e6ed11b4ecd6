"""Kernels that start at once: copies (forks) of one process that has imported everything already.

A Jupyter kernel that works with torch imports for seconds and keeps hundreds of megabytes to itself, and so does the
next one. Here one *warmed* process imports once, before any thread exists, and each kernel is a fork of it: there in
tenths of a second, and what was imported is in memory once (copy-on-write). The parts are

- :mod:`.provisioner`: what jupyter_client asks for kernels (its entry point ``jupyter_client.kernel_provisioners``);
- :mod:`.nursery`: in the server, what starts the warmed process, asks it for forks and revives it;
- :mod:`.warmed`: the warmed process itself;
- :mod:`.pool`: where a process cannot be forked, a few *preheated* ones, each to be one kernel (:mod:`.preheated`);
- :mod:`.kernel`: what either does to become a kernel.

Forks are Linux's: on macOS system libraries do not survive one, on Windows there is none. Where there is neither fork
nor preheated process, a kernel starts in the ordinary way. The package knows nothing of what it serves: what to import
is given to it. It would stand alone outside of this one.
"""

#: the provisioner's name in a kernel's specification, or as the default of all
NAME = "forked-provisioner"
