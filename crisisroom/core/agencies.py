"""Agencies that can be in an incident: the four core ones and the partners, by the codes everybody uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Agency:
    """An organisation. `core` marks the four whose colours the board shows; partners share one."""

    code: str
    name: str
    core: bool = False


_ALL = (
    Agency("IMPACS", "CARICOM Implementation Agency for Crime and Security", core=True),
    Agency("CDEMA", "Caribbean Disaster Emergency Management Agency", core=True),
    Agency("CARPHA", "Caribbean Public Health Agency", core=True),
    Agency("RSS", "Regional Security System", core=True),
    Agency("ACCP", "Association of Caribbean Commissioners of Police"),
    Agency("CARICOM", "Caribbean Community Secretariat"),
    Agency("CASSOS", "Caribbean Aviation Safety and Security Oversight System"),
    Agency("CBP", "United States Customs and Border Protection"),
    Agency("CBSI", "Caribbean Basin Security Initiative"),
    Agency("CCLEC", "Caribbean Customs Law Enforcement Council"),
    Agency("CFATF", "Caribbean Financial Action Task Force"),
    Agency("CICTE", "Inter-American Committee against Terrorism"),
    Agency("CTU", "Caribbean Telecommunications Union"),
    Agency("EU", "European Union"),
    Agency("ICPC", "International Centre for the Prevention of Crime"),
    Agency("IFRC", "International Federation of Red Cross and Red Crescent Societies"),
    Agency("INTERPOL", "International Criminal Police Organization"),
    Agency("IOM", "International Organization for Migration"),
    Agency("OAS", "Organization of American States"),
    Agency("OCHA", "United Nations Office for the Coordination of Humanitarian Affairs"),
    Agency("PAHO", "Pan American Health Organization"),
    Agency("SOUTHCOM", "United States Southern Command"),
    Agency("UKHO", "United Kingdom Home Office"),
    Agency("UNDP", "United Nations Development Programme"),
    Agency("UNHCR", "United Nations High Commissioner for Refugees"),
    Agency("UNLIREC", "United Nations Regional Centre for Peace, Disarmament and Development"),
    Agency("UNODC", "United Nations Office on Drugs and Crime"),
    Agency("USMS", "United States Marshals Service"),
    Agency("WCO", "World Customs Organization"),
    Agency("WFP", "World Food Programme"),
)

AGENCIES: dict[str, Agency] = {agency.code: agency for agency in _ALL}

DEFAULT_LEAD = {"disaster": "CDEMA", "health": "CARPHA", "political": "CARICOM", "other": "IMPACS"}
"""Who leads by crisis class unless somebody says otherwise (a mapping of this product, not doctrine)."""
