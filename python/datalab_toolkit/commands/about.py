"""``datalab services``, ``profiles``, ``svc_urls``, ``version``."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from datalab_toolkit import registry
from datalab_toolkit.commands import arguments


def add(commands: argparse._SubParsersAction[arguments.Command]) -> None:
    """Add the commands."""
    services = commands.add_parser("services", help="list the services that are known by name")
    services.add_argument("--svc_type", metavar="TYPE", help="tap or vos; default: both")
    services.set_defaults(run=_services)

    profiles = commands.add_parser("profiles", help="list the profiles of the Data Lab")
    profiles.add_argument("--format", help=argparse.SUPPRESS)
    profiles.set_defaults(run=_profiles)

    urls = commands.add_parser("svc_urls", help="the addresses of the Data Lab")
    urls.set_defaults(run=_urls)

    about = commands.add_parser("version", help="the version of this command")
    about.set_defaults(run=_version)

    arguments.add_service(services, profiles, urls, about)


def _services(asked: argparse.Namespace) -> None:
    wanted = asked.svc_type or ""
    for name, title in registry.names().items():
        found = registry.find(name)
        if wanted in ("", "tap"):
            print(f"{name:>16}   tap   {title}, {found.url}")
        if wanted in ("", "vos") and name == registry.DEFAULT:
            print(f"{name:>16}   vos   {title}, {found.lab.url}/vospace")


def _profiles(asked: argparse.Namespace) -> None:
    lab = registry.find(asked.service).lab
    print("\nQuery Manager Profiles:\n-----------------------")
    print(f"{'default':>16}   {lab.title} at {lab.url}")


def _urls(asked: argparse.Namespace) -> None:
    root = registry.find(asked.service).lab.url
    for title, path in (
        ("Auth Mgr", "auth"),
        ("Query Mgr", "tap"),
        ("Storage Mgr", "vospace"),
        ("Resource Mgr", "accounts"),
    ):
        print(f"{title:>14}:  {root}/{path}")


def _version(asked: argparse.Namespace) -> None:
    print(f"Task Version:  {version('jupyterlab-datalab')}")
