/**
 * LocalStack's packages as they were when it was last tried: the newest of some no longer fit (cbor2 6 has no
 * `_decoder`, pyopenssl 26 no `X509.add_extensions`), and an install is to be the same everywhere. They are
 * constraints for pip, so that a platform takes only those that it needs. Tried with Python 3.12 and 3.13.
 */
export const LOCALSTACK_VERSION = '4.14.0'

/** service-identity is imported by LocalStack's Twisted, which does not ask for it. */
export const localstackPackages = [
  `localstack-core[base-runtime]==${LOCALSTACK_VERSION}`, 'cbor2<6', 'pyopenssl<26', 'service-identity',
]

export const localstackPins: readonly string[] = `
  annotated-types==0.8.0 asn1crypto==1.5.1 attrs==26.1.0 awscrt==0.38.1 boto3==1.42.54 botocore==1.42.54
  cachetools==8.0.1 cbor2==5.9.0 certifi==2026.10.18 cffi==2.1.1 charset-normalizer==3.5.2 click==8.5.1
  constantly==23.10.4 cryptography==46.0.7 dill==0.3.6 dnslib==0.9.26 dnspython==2.9.2 docker==7.2.0 h11==0.16.0
  h2==4.4.1 hpack==4.2.0 hypercorn==0.18.0 hyperframe==6.1.0 hyperlink==21.0.0 idna==3.20 incremental==24.11.0
  isodate==0.7.2 jmespath==1.1.0 jsonpatch==1.47 jsonpointer==3.12 jsonschema==4.26.0 jsonschema-path==0.4.6
  jsonschema-specifications==2025.9.1 lazy-object-proxy==1.13.0 localstack-core==4.14.0 localstack-twisted==26.4.0
  markdown-it-py==4.3.0 markupsafe==3.0.4 mdurl==0.1.2 more-itertools==11.2.1 openapi-core==0.23.1
  openapi-schema-validator==0.8.1 openapi-spec-validator==0.8.5 packaging==26.3 pathable==0.5.0 plux==1.16.0
  priority==1.3.0 psutil==7.2.2 pyasn1==0.6.5 pyasn1-modules==0.4.2 pycparser==3.12 pydantic==2.14.3
  pydantic-core==2.50.4 pydantic-settings==2.16.3 pygments==2.21.0 pyopenssl==25.3.0 python-dateutil==2.9.0.post0
  python-dotenv==1.2.4 pyyaml==6.0.3 readerwriterlock==1.0.10 referencing==0.37.0 requests==2.34.2
  requests-aws4auth==1.4.0 rfc3339-validator==0.1.4 rich==15.0.0 rolo==0.8.9 rpds-py==2026.9.1 s3transfer==0.16.1
  semver==3.1.1 service-identity==24.2.0 six==1.17.0 typing-extensions==4.16.0 typing-inspection==0.4.5
  urllib3==2.8.0 werkzeug==3.1.9 wsproto==1.3.2 xmltodict==1.0.4 zope-interface==8.7
`.trim().split(/\s+/)
