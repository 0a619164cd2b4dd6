"""The frame every chain runs in: decode, admit, execute, commit; the rules live in `modules`.

A chain is a list of modules (`module.Module`) wired by `chain.Chain`; an engine drives it through
`abci.Application`. The frame knows no asset and no message: accounts and fees reach it as hooks.
"""
