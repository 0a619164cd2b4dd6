"""`qos validators`: who makes blocks, who waits, who is about to fall out."""

from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption, NodeOption, Output, OutputOption


def validators(
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show validators by bonded QOS: power, the commission each takes, blocks it may miss, time inactive ones have."""
    from qos.cli import ranking
    from qos.cli.session import session

    ranking.show_validators(session(home).url(chain, node), output)
