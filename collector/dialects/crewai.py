"""CrewAI's own attributes inside OpenLLMetry's (CR of dialects.md): the crew's root tells the usage of the whole.

Counts come as Python text. The tree decides whether they count: only where no model call below tells of its own.
"""

from collector import steps
from collector.dialects.messages import ASSISTANT, write_text
from collector.dialects.tables import Table, fill_texts
from collector.dialects.usage import fill_usage
from collector.dialects.values import parse_json, parse_object, read_text
from collector.spans import Attributes, Span
from collector.steps import Step

_CREW = "crewai.crew.id"
_AGENT: Table = (("crewai.agent.role", "agent_name"), ("crewai.agent.id", "agent_id"))
_CREW_TEXTS: Table = (("crewai.crew.name", "workflow_name"),)
_RESULT = "crewai.crew.result"


def read(span: Span, step: Step) -> None:
    """Read a crew's root or an agent; other spans are left alone."""
    attributes = span.attributes
    if "crewai.agent.role" in attributes:
        fill_texts(step, attributes, _AGENT)
    if _CREW not in attributes:
        return
    if step.step_type == steps.OTHER:
        step.step_type = steps.WORKFLOW
    fill_texts(step, attributes, _CREW_TEXTS)
    fill_usage(step, parse_object(attributes.get("crewai.crew.usage_metrics")))
    if step.has_usage and not step.request_model:
        step.request_model = _find_model(attributes)
    result = read_text(attributes.get(_RESULT))
    if result and not step.output_messages:
        step.output_messages = write_text(ASSISTANT, result)
        step.absorbed.add(_RESULT)


def _find_model(attributes: Attributes) -> str:
    """The model, when all agents of the crew use one."""
    text = read_text(attributes.get("crewai.crew.agents"))
    agents = parse_json(text) if text.startswith("[") else None
    if not isinstance(agents, list):
        return ""
    models = {agent.get("llm") for agent in agents if isinstance(agent, dict)}
    only = models.pop() if len(models) == 1 else ""
    return only if isinstance(only, str) else ""
