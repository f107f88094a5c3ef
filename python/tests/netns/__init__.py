"""Real Linux NATs in network namespaces, and servers and probes to put at both ends of them."""

import os

# Not on everybody's path: ip, nft.
os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
