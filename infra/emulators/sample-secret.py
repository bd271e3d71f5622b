#!/usr/bin/env python3
"""Makes the secret that the sample of rotate-secret is about, its next version pending. By the Python of sam.

  sample-secret.py events/rotate-secret/createSecret.json
"""
import json
import sys

import boto3

with open(sys.argv[1], encoding="utf-8") as sample:
    step = json.load(sample)
client = boto3.client("secretsmanager")
client.create_secret(
    Name=step["SecretId"].rsplit(":", 1)[1],
    SecretString="the-first",
    Tags=[{"Key": "payonce:rotates", "Value": "generated"}],
)
client.put_secret_value(
    SecretId=step["SecretId"],
    ClientRequestToken=step["ClientRequestToken"],
    SecretString="the-second",
    VersionStages=["AWSPENDING"],
)
