"""The shell lines of each tool, step by step. Data lies in `data`; the remote of a tool is ../remote. "store" is what holds
the versions, git's objects included, for every tool; indexes of the work tree are left out for every tool. "add" is what the tool
does, "commit" what git does after it: the step "add" is both, and "add alone" the first where there is a second."""


def tools(cairn):
    init_git = "git init -q . && git commit -q --allow-empty -m start"
    restic = "RESTIC_PASSWORD=x restic -q -r ../remote"
    return {
        "cairn": {
            "init": f"{init_git} && {cairn} -q init && {cairn} -q remote add r ../remote",
            "add": f"{cairn} -q add data",
            "commit": "git commit -qm data",
            "status": f"{cairn} -q status",
            "readd": f"{cairn} -q add data",
            "checkout": f"{cairn} -q checkout",
            "push": f"{cairn} -q push",
            "clone": f"git clone -q repo clone && cd clone && {cairn} -q remote add r ../remote && {cairn} -q pull",
            "store": [".git/cairn/packs", ".git/cairn/index", ".git/objects"],
        },
        "dvc": {
            "init": f"{init_git} && dvc init -q && dvc config core.analytics false && dvc config cache.type copy"
                    " && dvc remote add -q -d r ../remote && git add -A && git commit -qm dvc",
            "add": "dvc add -q data",
            "commit": "git add -A && git commit -qm data",
            "status": "dvc status -q || true",
            "readd": "dvc add -q data",
            "checkout": "dvc checkout -q",
            "push": "dvc push -q",
            "clone": "git clone -q repo clone && cd clone && dvc pull -q -r r",
            "store": [".dvc/cache", ".git/objects"],
        },
        "git-lfs": {
            "init": f"{init_git} && git lfs install --local >/dev/null && git lfs track 'data/**' >/dev/null",
            "add": "git add -A",
            "commit": "git commit -qm data",
            "status": "git status --porcelain",
            "checkout": "git lfs checkout",
            "store": [".git/lfs", ".git/objects"],
        },
        "restic": {
            "init": f"{restic} init",
            "add": f"{restic} backup data",
            "readd": f"{restic} backup data",
            "checkout": f"rm -rf ../out && {restic} restore latest --target ../out",
            "store": ["../remote"],
        },
        "git": {
            "init": init_git,
            "add": "git add data",
            "commit": "git commit -qm data",
            "status": "git status --porcelain",
            "checkout": "git -c checkout.workers=2 checkout -- data",
            "store": [".git/objects"],
        },
    }
