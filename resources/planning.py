"""What orders go by in this installation, as assets see it."""

from dagster import ResourceParam

from ml.planning.rules import Rules
from resources.settings import Settings


def planning_rules(settings: Settings) -> Rules:
    """The rules that the settings state."""
    return Rules(settings.service_level, settings.cost_share, settings.overage_share)


RulesParam = ResourceParam[Rules]
