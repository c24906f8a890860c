"""An import contract of our own: an app is entered through its public modules only."""

from __future__ import annotations

from typing import Any

from importlinter import Contract, ContractCheck, fields, output


class PublicModules(Contract):  # type: ignore[misc]
    """`ischia.<app>.<module>` may be imported from outside of `<app>` only if `<module>` is public.

    Fields: `apps` (the packages that are guarded), `public` (module names that are public in each of them), `also`
    (`<app>.<module>`: further ones), `composition` (top-level modules that may import anything).
    """

    apps = fields.ListField(subfield=fields.StringField())
    public = fields.ListField(subfield=fields.StringField())
    also = fields.ListField(subfield=fields.StringField(), required=False)
    composition = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: Any, verbose: bool) -> ContractCheck:  # noqa: FBT001
        """Find every import that enters a guarded app elsewhere."""
        wrong: list[dict[str, Any]] = []
        for app in self.apps:
            for module in graph.find_descendants(f"ischia.{app}"):
                if not self._is_public(module):
                    wrong += self._entries(graph, app, module)
        return ContractCheck(kept=not wrong, metadata={"wrong": sorted(wrong, key=lambda each: each["importer"])})

    def _is_public(self, module: str) -> bool:
        _, app, name, *_ = module.split(".")
        return name in self.public or f"{app}.{name}" in (self.also or ())

    def _entries(self, graph: Any, app: str, module: str) -> list[dict[str, Any]]:
        allowed = {app, *(self.composition or ())}
        importers = [each for each in graph.find_modules_that_directly_import(module) if "." in each]
        return [
            {"importer": importer, "imported": module, "line": line["line_number"]}
            for importer in importers
            if importer.split(".")[1] not in allowed
            for line in graph.get_import_details(importer=importer, imported=module)
        ]

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say each wrong import, and what would be right."""
        for wrong in check.metadata["wrong"]:
            output.print(f"{wrong['importer']}:{wrong['line']} imports {wrong['imported']}, private to its app;")
        output.print(f"public are {', '.join(self.public)} of each app, and {', '.join(self.also or ())}.")
