"""Microsoft's Agent Framework and Semantic Kernel (MF and SK of dialects.md): GenAI names, workflow spans without any,
and in Semantic Kernel messages without parts.

Sources: https://learn.microsoft.com/agent-framework/user-guide/agents/agent-observability,
https://learn.microsoft.com/semantic-kernel/concepts/enterprise-readiness/observability/
"""

from collector import steps
from collector.dialects.contents import absorb_chat
from collector.dialects.messages import ASSISTANT, USER
from collector.dialects.tables import Table, fill_texts
from collector.spans import Span
from collector.steps import Step

NAME = "agent-framework"
SCOPES = ("agent_framework", "semantic_kernel.")

_TEXTS: Table = (("workflow.name", "workflow_name"), ("workflow_builder.name", "workflow_name"))
_PREFIXES = ("workflow.", "executor.process", "edge_group.process", "message.send", "AutoFunctionInvocationLoop")
_EMPTY = "[]"


def matches(_span: Span) -> bool:
    """Only its scope gives it away."""
    return False


def read(span: Span, step: Step) -> None:
    """Read what GenAI's names do not say, or say otherwise."""
    attributes = span.attributes
    fill_texts(step, attributes, _TEXTS)
    if "gen_ai.operation.name" not in attributes:
        if step.step_type == steps.OTHER and span.name.startswith(_PREFIXES):
            step.step_type = steps.WORKFLOW
        return
    if span.scope.name.startswith("semantic_kernel."):
        for name, field, role in (
            ("gen_ai.input.messages", "input_messages", USER),
            ("gen_ai.output.messages", "output_messages", ASSISTANT),
        ):
            if attributes.get(name) == _EMPTY:
                step.absorbed.add(name)
            absorb_chat(step, attributes, name, field, role)
