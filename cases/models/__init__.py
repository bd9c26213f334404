"""The tables of `cases`, by what they hold."""

from cases.models.hendelser import BruktNoekkel, Hendelse, Slettet
from cases.models.notifikasjoner import Notifikasjon, NotifikasjonMottaker, Paaminnelse
from cases.models.registers import AppName, NearestLeader, Producer
from cases.models.saker import Sak, SakMottaker, StatusOppdatering
from cases.models.varsler import EksterntVarsel

__all__ = [
    "AppName",
    "BruktNoekkel",
    "EksterntVarsel",
    "Hendelse",
    "NearestLeader",
    "Notifikasjon",
    "NotifikasjonMottaker",
    "Paaminnelse",
    "Producer",
    "Sak",
    "SakMottaker",
    "Slettet",
    "StatusOppdatering",
]
