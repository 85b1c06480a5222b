"""The modules of the official client, ``astro-datalab``, over this toolkit.

A notebook that was written for Astro Data Lab changes one import::

    from datalab_toolkit.dl import authClient, queryClient, storeClient

Calls, their forms and what they return are those of version 2.24; what it leaves unsaid when
something goes wrong is said here.
"""

from __future__ import annotations

from datalab_toolkit.dl import authClient, queryClient, resClient, storeClient

__all__ = ["authClient", "queryClient", "resClient", "storeClient"]
