"""The protocol of the official Data Lab client (astro-datalab 2.24): plain HTTP and short texts.

Each service is a few addresses that read the parameters as the client writes them, call one
function of the accounts, the jobs, the personal tables or the virtual storage, and write what the
client reads. What only the protocol knows (its texts, lists and formats) is in modules of its own.
"""
