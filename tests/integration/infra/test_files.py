"""Every file of `infra/` is read by the tool that will read it, or by one that knows its schema."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.needs import need, need_packages, need_program

pytestmark = pytest.mark.heavy
CHECKOUT = Path(__file__).resolve().parents[3]
INFRA = CHECKOUT / "infra"


class ComposeLoader(yaml.SafeLoader):
    """YAML with the tags of compose files."""


ComposeLoader.add_constructor("!reset", lambda loader, node: None)


def compose(name: str) -> dict[str, Any]:
    return yaml.load((INFRA / "compose" / name).read_text(), ComposeLoader)


@pytest.mark.parametrize("file", sorted((INFRA / "images").glob("*.Dockerfile")), ids=lambda file: file.name)
def test_an_image_passes_hadolint_and_does_not_run_as_root(file: Path) -> None:
    hadolint = need(shutil.which("hadolint", path=str(CHECKOUT / ".venv" / "bin")), "no hadolint: make infra-tools")
    # Pinned Debian packages vanish from the mirrors with each point release, so DL3008 is not asked for.
    done = subprocess.run([hadolint, "--ignore", "DL3008", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    users = re.findall(r"^USER (\S+)$", file.read_text(), re.MULTILINE)
    assert users[-1] == "10001"


def test_an_image_installs_locks_that_exist_and_copies_files_that_exist() -> None:
    for file in (INFRA / "images").glob("*.Dockerfile"):
        text = file.read_text()
        for lock in re.findall(r"requirements/[a-z]+\.txt", text):
            assert (CHECKOUT / lock).is_file(), f"{file.name}: {lock}"
        for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
            assert (CHECKOUT / source).exists(), f"{file.name}: {source}"


def test_compose_names_its_volumes_and_dependencies_and_holds_no_secret() -> None:
    whole = compose("compose.yaml")
    services = whole["services"]
    for name, service in services.items():
        assert not service.get("image", "x:1").endswith(":latest"), name
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (INFRA / "compose" / source).exists(), f"{name}: {source}"
            else:
                assert source in whole["volumes"], f"{name}: {source}"
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} listens beyond the machine: {port}"
        for variable, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|KEY|SECRET", variable):
                assert value.startswith("${"), f"{name}: {variable} stands in the file"


@pytest.mark.parametrize("stage", ["compose.dev.yaml", "compose.prod.yaml"])
def test_a_stage_of_compose_changes_services_that_exist(stage: str) -> None:
    assert set(compose(stage)["services"]) <= set(compose("compose.yaml")["services"])


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_compose_renders_a_stage_and_refuses_without_its_secrets(stage: str, tmp_path: Path) -> None:
    program = CHECKOUT / ".cache" / "servers" / "compose"
    need(program.is_file(), "no reader of compose files: make infra-tools")
    names = re.findall(r"^(\w+)=", (INFRA / "compose" / "example.env").read_text(), re.MULTILINE)
    files = ["compose.yaml", f"compose.{stage}.yaml"]
    for name in files:  # this reader knows no environment, so that the values are put in here
        text = (INFRA / "compose" / name).read_text()
        required = set(re.findall(r"\$\{(\w+):\?", text))
        assert required <= set(names), required - set(names)
        text = re.sub(r"\$\{(\w+):\?[^}]*\}", r"value-of-\1", text)
        (tmp_path / name).write_text(text)
    done = subprocess.run([program, "-format", "json", *files], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    wanted = {"api", "decision", "dagster", "daemon", "ingest", "postgres", "redis", "kafka", "s3", "mlflow"}
    assert wanted | {"prometheus", "grafana"} <= services.keys()
    api = services["api"]
    assert api["environment"]["LACQUER_SECRET_KEY"] == "value-of-LACQUER_SECRET_KEY"
    assert api["environment"]["LACQUER_INBOX_SECRET"] == services["s3"]["environment"]["ROOT_SECRET_KEY"]
    assert ("build" in api) == (stage == "dev")
    if stage == "prod":
        assert api["deploy"]["resources"]["limits"]["memory"] == "4g"
    refused = subprocess.run([program, *files], cwd=INFRA / "compose", capture_output=True, text=True)
    assert refused.returncode != 0
    assert "required variable" in refused.stderr


@pytest.mark.parametrize("folder", ["azure", "aws"])
def test_terraform_parses_and_each_reference_is_declared(folder: str) -> None:
    need_packages("hcl2", target="infra-tools")
    import hcl2

    texts = {file.name: file.read_text() for file in (INFRA / "terraform" / folder).glob("*.tf")}
    for name, text in texts.items():
        assert hcl2.loads(text), name
    whole = "\n".join(texts.values())
    declared = set(re.findall(r'^variable "(\w+)"', whole, re.MULTILINE))
    assert set(re.findall(r"\bvar\.(\w+)", whole)) == declared
    resources = {f"{kind}.{name}" for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', whole, re.MULTILINE)}
    used = set(re.findall(r"(?<![\w.])((?:azurerm|aws)_\w+\.\w+)\.", whole))
    assert used - resources == set()
    for stage in ("dev", "staging", "prod"):
        given = hcl2.loads((INFRA / "terraform" / folder / f"{stage}.tfvars").read_text())
        assert {name for name in given if not name.startswith("__")} <= declared


CHART = INFRA / "helm" / "lacquer"


def rendered(values: str, *more: str) -> dict[tuple[str, str], Any]:
    """What the chart makes of a stage's values, by kind and name; Kubernetes' own schema takes each."""
    helm = CHECKOUT / ".cache" / "servers" / "helm"
    need(helm.is_file(), "no helm: make infra-tools")
    need_packages("kubernetes_validate", target="infra-tools")
    from kubernetes_validate import validate

    lint = subprocess.run([helm, "lint", CHART, "-f", CHART / values, *more], capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout + lint.stderr
    command = [str(helm), "template", "lacquer", str(CHART), "-f", str(CHART / values), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    manifests = [one for one in yaml.safe_load_all(done.stdout) if one]
    for one in manifests:
        validate(one, "1.33", strict=True)
        if one["kind"] in ("Deployment", "CronJob"):
            _is_restricted(one)
    return {(one["kind"], one["metadata"]["name"]): one for one in manifests}


@pytest.mark.parametrize("values", ["values-dev.yaml", "values-staging.yaml", "values-prod.yaml"])
def test_the_chart_renders_to_manifests_that_kubernetes_knows(values: str) -> None:
    found, is_prod = rendered(values), values == "values-prod.yaml"
    assert {("Deployment", f"lacquer-{one}") for one in ("api", "daemon", "decision")} <= found.keys()
    assert found["Ingress", "lacquer"]["spec"]["tls"][0]["secretName"] == "lacquer-tls"
    assert (("CronJob", "lacquer-audio") in found) == is_prod
    assert ("Deployment", "lacquer-canary") not in found
    if is_prod:
        (metric,) = found["HorizontalPodAutoscaler", "lacquer-studio"]["spec"]["metrics"]
        assert metric["external"]["metric"]["name"] == "lacquer_generation_waiting"
        studio = found["Deployment", "lacquer-studio"]["spec"]["template"]["spec"]
        assert studio["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
        assert studio["containers"][0]["image"].startswith("registry.example.org/lacquer-studio:")
    guarded = {
        value
        for (kind, _), one in found.items()
        if kind == "NetworkPolicy"
        for value in one["spec"]["podSelector"]["matchExpressions"][0]["values"]
    }
    parts = {one["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] for (kind, _), one in found.items()
             if kind == "Deployment"}  # fmt: skip
    assert parts <= guarded


def test_a_canary_gets_its_share_and_the_release_before_keeps_the_rest() -> None:
    found = rendered("values-prod.yaml", "--set", "image.tag=v1,canary.tag=v2,canary.weight=10")
    images = {
        name: found["Deployment", f"lacquer-{name}"]["spec"]["template"]["spec"]["containers"][0]["image"]
        for name in ("api", "canary")
    }
    assert images == {"api": "registry.example.org/lacquer:v1", "canary": "registry.example.org/lacquer:v2"}
    main, canary = found["Ingress", "lacquer"], found["Ingress", "lacquer-canary"]
    annotations = canary["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/canary"] == "true"
    assert annotations["nginx.ingress.kubernetes.io/canary-weight"] == "10"
    assert main["spec"]["rules"][0]["host"] == canary["spec"]["rules"][0]["host"]


def _is_restricted(workload: dict[str, Any]) -> None:
    """No container runs as root, writes to its root file system, or lacks limits."""
    spec = workload["spec"]["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else workload["spec"]
    pod = spec["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in pod["containers"]:
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["resources"]["limits"]
        assert "env" not in container


def test_the_alert_rules_pass_their_tests() -> None:
    promtool = need_program("promtool")
    for command in (["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]):
        done = subprocess.run([promtool, *command], cwd=INFRA / "prometheus", capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_runbook_that_exists() -> None:
    page = (CHECKOUT / "docs" / "how-to" / "deploy.md").read_text()
    headings = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in re.findall(r"^#+ (.*)$", page, re.M)}
    rules = yaml.safe_load((INFRA / "prometheus" / "rules.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]
    assert len(alerts) >= 4
    for alert in alerts:
        file, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert (CHECKOUT / file).is_file()
        assert anchor in headings, alert["alert"]


@pytest.mark.parametrize("name", ["application.yml", "models.yml"])
def test_a_workflow_splices_no_input_into_a_script(name: str) -> None:
    text = (CHECKOUT / ".github" / "workflows" / name).read_text()
    assert yaml.safe_load(text)["jobs"]
    scripts = re.findall(r"run: (.*)", text)
    assert not [one for one in scripts if "inputs." in one or "github.event" in one]
