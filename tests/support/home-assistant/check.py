"""
Does with a device discovery message what Home Assistant does with it, by its own code: abbreviations, the device's schema, and each
entity's. One JSON object a line: {"payload": text, "states": {topic: text}} in; {"entities": {unique id: value}} or {"error": text} out.
"""

import asyncio
import importlib.abc
import importlib.machinery
import json
import sys
import tempfile
from unittest.mock import MagicMock


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for libraries that are not installed: the schemas do not use them, the modules around only import them."""

    def find_spec(self, name, path=None, target=None):
        first = name.split(".")[0]
        if first == "homeassistant" or first in sys.stdlib_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        stub = MagicMock(name=spec.name)
        stub.__path__ = []
        stub.__name__ = spec.name
        return stub

    def exec_module(self, module):
        pass


sys.meta_path.append(Absent())

import jinja2  # noqa: E402
from homeassistant.components.mqtt import binary_sensor, button, discovery, sensor  # noqa: E402
from homeassistant.components.mqtt.const import CONF_COMPONENTS  # noqa: E402
from homeassistant.core import HomeAssistant  # noqa: E402

PLATFORMS = {"binary_sensor": binary_sensor, "button": button, "sensor": sensor}


def check(payload, states):
    config = json.loads(payload)
    discovery._replace_all_abbreviations(config)
    discovery.DEVICE_DISCOVERY_SCHEMA(config)
    components = config.pop(CONF_COMPONENTS)
    entities = {}
    for component in components.values():
        platform = component.pop("platform")
        if not component:
            continue  # to be forgotten
        component |= {"device": config["device"], "origin": config["origin"]}
        discovery._merge_common_device_options(component, config)
        schema = PLATFORMS[platform].DISCOVERY_SCHEMA
        unknown = set(component) - {str(key) for key in schema_keys(schema)}
        if unknown:
            raise ValueError(f"{platform} has no {sorted(unknown)}")
        valid = schema(component)
        entities[valid["unique_id"]] = value(platform, valid, states)
    return entities


def schema_keys(schema):
    """Of a schema, or of those that `vol.All` runs one after the other."""
    for part in getattr(schema, "validators", [schema]):
        if isinstance(getattr(part, "schema", None), dict):
            yield from part.schema


def value(platform, config, states):
    if "state_topic" not in config:
        return None
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(str(config["value_template"].template))
    shown = template.render(value_json=json.loads(states[config["state_topic"]]))
    allowed = config.get("options") or ([config["payload_on"], config["payload_off"]] if platform == "binary_sensor" else [shown])
    if shown not in allowed:
        raise ValueError(f"{config['unique_id']} is {shown}")
    return shown


async def answer_all():
    # Templates are only taken where there is a Home Assistant
    _hass = HomeAssistant(tempfile.gettempdir())
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"entities": check(request["payload"], request["states"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


asyncio.run(answer_all())
