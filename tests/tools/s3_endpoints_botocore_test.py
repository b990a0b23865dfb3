"""Where a bucket is asked: sigv4_probe and the rules that botocore carries agree, for every region that these rules list.

Left out: access points, S3 Express, object lambdas, and regions that are none ("aws-global").
"""

import itertools
import json
import os
import subprocess
import sys
import unittest

try:
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import BotoCoreError
    from botocore.loaders import Loader
except ImportError:
    print("python3-botocore is not installed", file=sys.stderr)
    sys.exit(77)

PROBE = os.environ.get("SIGV4_PROBE", "")
BUCKETS = ["data", "da.ta", "Data", "a-b", "x" * 63, "123"]
IN_PATHS = ("da.ta", "Data")  # of whatever style
SERVERS = ["https://store.example", "https://store.example:9000/base", "https://10.1.2.3:9000"]


class Rules:
    def __init__(self):
        loader = Loader()
        self.partitions = loader.load_data("partitions")
        self.provider = EndpointProvider(loader.load_service_model("s3", "endpoint-rule-set-1"), self.partitions)

    def regions(self):
        names = [name for partition in self.partitions["partitions"] for name in partition["regions"]]
        return [name for name in names if "global" not in name]

    def url(self, case):
        """Nothing where the rules refuse the case."""
        words = {"Bucket": case["bucket"], "Region": case["region"], "UseFIPS": case["fips"], "UseDualStack": case["dual_stack"],
                 "Accelerate": case["accelerate"], "ForcePathStyle": case["path_style"]}
        if case["endpoint"]:
            words["Endpoint"] = case["endpoint"]
        try:
            return self.provider.resolve_endpoint(**words).url + "/"
        except BotoCoreError:
            return None


def cases(regions):
    switches = list(itertools.product((False, True), repeat=4))
    for region, bucket, (path_style, fips, dual_stack, accelerate) in itertools.product(regions, BUCKETS, switches):
        yield {"bucket": bucket, "region": region, "endpoint": "", "path_style": path_style, "virtual_style": False, "fips": fips,
               "dual_stack": dual_stack, "accelerate": accelerate}
    for endpoint, bucket, (path_style, fips, dual_stack, accelerate) in itertools.product(SERVERS, BUCKETS, switches):
        yield {"bucket": bucket, "region": "us-east-1", "endpoint": endpoint, "path_style": path_style,
               "virtual_style": not path_style and "10." not in endpoint, "fips": fips, "dual_stack": dual_stack, "accelerate": accelerate}


def is_newly_allowed(case):
    """FIPS in path style, which rules of before 2023 refuse."""
    return case["fips"] and not case["endpoint"] and (case["path_style"] or case["bucket"] in IN_PATHS) and not case["accelerate"]


class SameAsBotocore(unittest.TestCase):
    def test_every_region_and_switch(self):
        rules = Rules()
        asked = list(cases(rules.regions()))
        lines = "".join(json.dumps(case) + "\n" for case in asked)
        answers = subprocess.run([PROBE], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
        self.assertEqual(len(answers), len(asked))
        different = []
        for case, line in zip(asked, answers):
            ours, theirs = json.loads(line).get("url"), rules.url(case)
            if ours != theirs and not (theirs is None and is_newly_allowed(case)):
                different.append(f"{case}: {line}, not {theirs}")
        self.assertFalse(different, f"{len(different)} of {len(asked)} cases:\n" + "\n".join(different[:20]))


if __name__ == "__main__":
    unittest.main()
