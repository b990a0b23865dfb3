"""Series of real releases, from the npm registry."""
import shutil
import subprocess
import tarfile

JSON_RELEASES = ("@mdn/browser-compat-data", ("5.6.0", "5.6.1", "5.6.2", "5.6.3"), "data.json")
IMAGE_RELEASES = ("emoji-datasource-twitter", ("14.0.0", "15.0.1", "15.1.2", "16.0.0"), "img")


def npm_package(out, name, version):
    """The unpacked package, downloaded once."""
    folder = out / ".packages" / f"{name.replace('/', '-').lstrip('@')}-{version}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["npm", "pack", "-s", f"{name}@{version}"], cwd=folder.parent, check=True, capture_output=True,
                                text=True).stdout.split()[-1]
        with tarfile.open(folder.parent / packed) as archive:
            archive.extractall(folder.with_suffix(".part"), filter="data")
        (folder.parent / packed).unlink()
        folder.with_suffix(".part").rename(folder)
    return folder / "package"


def releases(out, series, source):
    name, versions, part = source
    for number, version in enumerate(versions):
        chosen = npm_package(out, name, version) / part
        folder = out / series / str(number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if chosen.is_dir():
            shutil.copytree(chosen, folder / chosen.name)
        else:
            shutil.copy(chosen, folder)


def json_releases(out):
    releases(out, "releases-json", JSON_RELEASES)


def image_releases(out):
    releases(out, "releases-images", IMAGE_RELEASES)
