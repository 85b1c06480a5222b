"""How Sphinx builds the documentation: ``make docs``."""

project = "jupyterlab-datalab"
author = "the jupyterlab-datalab developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "none"
numpydoc_show_class_members = False
html_theme = "pydata_sphinx_theme"
html_title = "jupyterlab-datalab"
html_theme_options = {"navbar_align": "left", "show_toc_level": 2}
html_static_path: list[str] = []
