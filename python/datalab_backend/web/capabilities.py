"""Writes what the Data Lab can do, as VOSI 1.1 and TAPRegExt 1.0 want it."""

from __future__ import annotations

from typing import Literal

from pydantic import AnyUrl
from vo_models.tapregext.models import (
    DataLimit,
    DataLimits,
    Language,
    LanguageFeature,
    LanguageFeatureList,
    OutputFormat,
    TableAccess,
    TimeLimits,
    UploadMethod,
    Version,
)
from vo_models.vodataservice import ParamHTTP
from vo_models.voresource.models import AccessURL, Capability, Interface, SecurityMethod
from vo_models.vosi.capabilities import VOSICapabilities

from datalab_backend import formats
from datalab_backend.adql.udfs import SIGNATURES
from datalab_backend.jobs.service import JobLimits
from datalab_backend.web.context import Limits
from datalab_backend.web.images import CUTOUT_PATH
from datalab_backend.web.xml import written

_TAPREGEXT = "ivo://ivoa.net/std/TAPRegExt"
_VOSPACE_NODES = "ivo://ivoa.net/std/VOSpace/v2.0#nodes"
# What the CADC's services and clients call a token in the Authorization header.
_TOKEN = "ivo://ivoa.net/sso#token"  # noqa: S105 - the name of a method, no secret
_UDF = f"{_TAPREGEXT}#features-udf"
_Q3C = (
    "q3c_radial_query(ra DOUBLE, dec DOUBLE, ra0 DOUBLE, dec0 DOUBLE, radius DOUBLE) -> BOOLEAN",
    "q3c_join(ra1 DOUBLE, dec1 DOUBLE, ra2 DOUBLE, dec2 DOUBLE, radius DOUBLE) -> BOOLEAN",
    "q3c_dist(ra1 DOUBLE, dec1 DOUBLE, ra2 DOUBLE, dec2 DOUBLE) -> DOUBLE",
)
# The optional parts of ADQL 2.1, section 4, all of which there are.
_OPTIONAL = {
    "adqlgeo": (
        *("AREA", "BOX", "CENTROID", "CIRCLE", "CONTAINS", "COORD1", "COORD2", "COORDSYS"),
        *("DISTANCE", "INTERSECTS", "POINT", "POLYGON", "REGION"),
    ),
    "adql-string": ("LOWER", "UPPER", "ILIKE"),
    "adql-sets": ("UNION", "EXCEPT", "INTERSECT"),
    "adql-common-table": ("WITH",),
    "adql-type": ("CAST",),
    # COALESCE is understood but not announced: STILTS 3.4.7, which most people have, takes the
    # standard's key for it (features-adql-conditional, ADQL 2.1) for a mistake.
    "adql-unit": ("IN_UNIT",),
    "adql-offset": ("OFFSET",),
}


def write(base_url: str, limits: Limits, jobs: JobLimits) -> bytes:
    """Write the ``capabilities`` document.

    Parameters
    ----------
    base_url
        The URL of the Data Lab, without a slash at the end.
    limits
        What one query may ask for.
    jobs
        What an asynchronous query may ask for.
    """
    document = VOSICapabilities(
        capability=[
            _tap(f"{base_url}/tap", limits, jobs),
            _vosi("capabilities", f"{base_url}/tap/capabilities"),
            _vosi("availability", f"{base_url}/tap/availability"),
            _vosi("tables-1.1", f"{base_url}/tap/tables"),
            _plain("ivo://ivoa.net/std/DALI#examples", f"{base_url}/tap/examples", "full"),
            _plain(_VOSPACE_NODES, f"{base_url}/vospace/nodes", "base"),
            # What a Data Lab has beside the standards.
            _plain("ivo://jupyterlab-datalab/density", f"{base_url}/density", "base"),
            _plain("ivo://jupyterlab-datalab/histogram", f"{base_url}/histogram", "base"),
            _plain("ivo://jupyterlab-datalab/hips", f"{base_url}/hips", "base"),
            _plain("ivo://jupyterlab-datalab/images", f"{base_url}/images", "base"),
            _plain("ivo://jupyterlab-datalab/cutout", f"{base_url}{CUTOUT_PATH}", "base"),
            _plain("ivo://jupyterlab-datalab/moc", f"{base_url}/moc", "base"),
            _plain("ivo://jupyterlab-datalab/statistics", f"{base_url}/statistics", "base"),
            _plain("ivo://jupyterlab-datalab/mydb", f"{base_url}/mydb", "base"),
            _plain("ivo://jupyterlab-datalab/demo", f"{base_url}/demo", "full"),
        ]
    )
    return written(document)


def write_vospace(base_url: str) -> bytes:
    """Write the ``capabilities`` document of virtual storage (VOSpace 2.1, section 4)."""
    url = f"{base_url}/vospace"
    # Below some addresses there are others; some are called as they are.
    below = {
        _VOSPACE_NODES: "nodes",
        "ivo://ivoa.net/std/VOSpace/v2.0#transfers": "transfers",
        # What the CADC's services and clients have beside the standard.
        "ivo://ivoa.net/std/VOSpace#files-proto": "files",
        "ivo://ivoa.net/std/VOSpace#recursive-delete-proto": "async-delete",
    }
    whole = {
        "ivo://ivoa.net/std/VOSpace/v2.0#sync": "synctrans",
        "ivo://ivoa.net/std/VOSpace#sync-2.1": "synctrans",
        "ivo://ivoa.net/std/VOSpace/v2.0#protocols": "protocols",
        "ivo://ivoa.net/std/VOSpace/v2.0#views": "views",
        "ivo://ivoa.net/std/VOSpace/v2.0#properties": "properties",
    }
    document = VOSICapabilities(
        capability=[
            _vosi("capabilities", f"{url}/capabilities"),
            _vosi("availability", f"{url}/availability"),
            *(_vospace(standard, f"{url}/{place}", "base") for standard, place in below.items()),
            *(_vospace(standard, f"{url}/{place}", "full") for standard, place in whole.items()),
        ]
    )
    return written(document)


def _tap(url: str, limits: Limits, jobs: JobLimits) -> TableAccess:
    return TableAccess(
        interface=[
            ParamHTTP(
                role="std", version="1.1", access_url=[AccessURL(value=AnyUrl(url), use="base")]
            )
        ],
        language=[_adql(), _sql()],
        output_format=[_format(output) for output in formats.FORMATS],
        retention_period=TimeLimits(
            default=int(jobs.default_kept.total_seconds()),
            hard=int(jobs.most_kept.total_seconds()),
        ),
        execution_duration=TimeLimits(default=jobs.default_s, hard=jobs.most_s),
        upload_method=[
            UploadMethod(ivo_id=f"{_TAPREGEXT}#upload-{method}")
            for method in ("inline", "http", "https")
        ],
        upload_limit=DataLimits(
            default=DataLimit(value=limits.uploads.bytes, unit="byte"),
            hard=DataLimit(value=limits.uploads.bytes, unit="byte"),
        ),
        output_limit=DataLimits(
            default=DataLimit(value=limits.default_rows, unit="row"),
            hard=DataLimit(value=limits.most_rows, unit="row"),
        ),
    )


def _adql() -> Language:
    return Language(
        name="ADQL",
        version=[
            Version(value="2.0", ivo_id="ivo://ivoa.net/std/ADQL#v2.0"),
            Version(value="2.1", ivo_id="ivo://ivoa.net/std/ADQL#v2.1"),
        ],
        description="The Astronomical Data Query Language",
        language_features=[
            *(
                LanguageFeatureList(
                    type=f"{_TAPREGEXT}#features-{part}",
                    feature=[LanguageFeature(form=name) for name in names],
                )
                for part, names in _OPTIONAL.items()
            ),
            LanguageFeatureList(
                type=_UDF,
                feature=[
                    LanguageFeature(form=signature, description=description)
                    for signature, description in SIGNATURES.items()
                ],
            ),
        ],
    )


def _sql() -> Language:
    return Language(
        name="SQL",
        version=[Version(value="PostgreSQL")],
        description="SQL as Data Lab users write it: LIMIT, q3c, casts, CASE, LATERAL",
        # Some clients cannot read a language without features.
        language_features=[
            LanguageFeatureList(type=_UDF, feature=[LanguageFeature(form=form) for form in _Q3C])
        ],
    )


def _format(output: formats.Format) -> OutputFormat:
    aliases = [name for name in formats.names(output) if name != output.media_type]
    return OutputFormat(mime=output.media_type, alias=aliases)


def _vosi(standard: str, url: str) -> Capability:
    return _plain(f"ivo://ivoa.net/std/VOSI#{standard}", url, "full")


def _plain(standard_id: str, url: str, use: Literal["full", "base"]) -> Capability:
    interface = ParamHTTP(version="1.1", access_url=[AccessURL(value=AnyUrl(url), use=use)])
    return Capability(standard_id=AnyUrl(standard_id), interface=[interface])


def _vospace(standard_id: str, url: str, use: Literal["full", "base"]) -> Capability:
    """Say that an address takes callers without a token, and those with one.

    Clients of VOSpace look for the interface of their credential, and send none to others.
    """
    address = AccessURL(value=AnyUrl(url), use=use)
    by_token = SecurityMethod(standard_id=AnyUrl(_TOKEN))
    interfaces: list[Interface] = [
        ParamHTTP(role="std", version="2.1", access_url=[address]),
        ParamHTTP(role="std", version="2.1", access_url=[address], security_method=[by_token]),
    ]
    return Capability(standard_id=AnyUrl(standard_id), interface=interfaces)
