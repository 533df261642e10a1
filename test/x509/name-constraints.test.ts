import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import {
  constrainedNames,
  constraintViolation,
  readConstraints,
} from '../../src/x509/name-constraints.ts'
import { sequence, tlv } from '../support/make/asn1.ts'
import {
  type GeneralNameSpec,
  mintCertificate,
  mintKey,
  type NameConstraintsSpec,
  type NameSpec,
} from '../support/make/mint.ts'

const key = mintKey('p256')

/** "ok", "violated", or "unreadable" constraints. */
function judge(
  spec: NameConstraintsSpec,
  altNames: readonly GeneralNameSpec[],
  subject: NameSpec = sequence(),
): string {
  const ca = mintCertificate({ subject: 'ca', key, ca: true, nameConstraints: spec })
  const { nameConstraints } = decodeCertificate(ca.der).extensions
  assert.ok(nameConstraints)
  const subtrees = readConstraints(nameConstraints)
  if (subtrees === undefined) return 'unreadable'
  const leaf = decodeCertificate(mintCertificate({ subject, key, altNames }).der)
  return constraintViolation(subtrees, constrainedNames(leaf), () => undefined) ? 'violated' : 'ok'
}

/** Within the base: permitted when that is permitted, refused when it is excluded; the other way round outside. */
function compares(
  base: GeneralNameSpec,
  within: GeneralNameSpec[],
  outside: GeneralNameSpec[],
): void {
  for (const [names, isWithin] of [
    [within, true],
    [outside, false],
  ] as const) {
    for (const name of names) {
      const label = `${JSON.stringify(base)} ${JSON.stringify(name)}`
      assert.equal(judge({ permitted: [base] }, [name]), isWithin ? 'ok' : 'violated', label)
      assert.equal(judge({ excluded: [base] }, [name]), isWithin ? 'violated' : 'ok', label)
    }
  }
}

test('DNS constraints cover the host and everything below it', () => {
  compares(
    { dns: 'Example.com' },
    [
      { dns: 'example.com' },
      { dns: 'a.EXAMPLE.com' },
      { dns: 'a.b.example.com' },
      { dns: '*.example.com' },
    ],
    [
      { dns: 'notexample.com' },
      { dns: 'com' },
      { dns: 'example.com.evil.test' },
      { dns: '*.example.org' },
    ],
  )
  compares({ dns: '' }, [{ dns: 'example.com' }], [])
})

test('a wildcard is excluded when a name it stands for is, and permitted when all are', () => {
  const base = { dns: 'bar.example.com' }
  assert.equal(judge({ excluded: [base] }, [{ dns: '*.example.com' }]), 'violated')
  assert.equal(judge({ permitted: [base] }, [{ dns: '*.example.com' }]), 'violated')
  assert.equal(
    judge({ excluded: [{ dns: 'a.bar.example.com' }] }, [{ dns: '*.example.com' }]),
    'ok',
  )
  assert.equal(judge({ excluded: [{ dns: 'example.com' }] }, [{ dns: '*.com' }]), 'violated')
})

test('address constraints compare under a mask of the same family', () => {
  compares(
    { ip: '192.0.2.128/25' },
    [{ ip: '192.0.2.128' }, { ip: '192.0.2.255' }],
    [{ ip: '192.0.2.127' }, { ip: '192.0.3.128' }, { ip: '::ffff:c000:280' }],
  )
  compares({ ip: '2001:db8::/33' }, [{ ip: '2001:db8:7fff::1' }], [{ ip: '2001:db8:8000::1' }])
  compares({ ip: '0.0.0.0/0' }, [{ ip: '203.0.113.9' }], [{ ip: '::1' }])
})

test('e-mail constraints are a mailbox, a host, or a domain', () => {
  compares(
    { email: 'Root@Example.com' },
    [{ email: 'Root@example.COM' }],
    [{ email: 'root@example.com' }, { email: 'a@example.com' }],
  )
  compares({ email: 'example.com' }, [{ email: 'a@EXAMPLE.com' }], [{ email: 'a@b.example.com' }])
  compares({ email: '.example.com' }, [{ email: 'a@b.example.com' }], [{ email: 'a@example.com' }])
})

test('URI constraints are a host or a domain', () => {
  compares(
    { uri: 'example.com' },
    [{ uri: 'https://user@EXAMPLE.com:8080/a?b#c' }, { uri: 'ldap://example.com' }],
    [{ uri: 'https://a.example.com/' }, { uri: 'https://example.com.evil.test/' }],
  )
  compares(
    { uri: '.example.com' },
    [{ uri: 'https://a.example.com/' }],
    [{ uri: 'https://example.com/' }],
  )
})

test('directory constraints are the first attributes of a name', () => {
  const base = {
    directory: [
      ['C', 'DE'],
      ['O', 'Example Org'],
    ],
  } as const
  compares(
    base,
    [
      {
        directory: [
          ['C', 'de'],
          ['O', 'example  org'],
          ['CN', 'x'],
        ],
      },
    ],
    [
      { directory: [['C', 'DE']] },
      {
        directory: [
          ['O', 'Example Org'],
          ['C', 'DE'],
        ],
      },
    ],
  )
})

test('directory constraints hold for the subject', () => {
  const base = { directory: [['C', 'DE']] } as const
  assert.equal(
    judge(
      { permitted: [base] },
      [],
      [
        ['C', 'DE'],
        ['CN', 'x'],
      ],
    ),
    'ok',
  )
  assert.equal(
    judge(
      { permitted: [base] },
      [],
      [
        ['C', 'FR'],
        ['CN', 'x'],
      ],
    ),
    'violated',
  )
  assert.equal(
    judge(
      { excluded: [base] },
      [],
      [
        ['C', 'DE'],
        ['CN', 'x'],
      ],
    ),
    'violated',
  )
})

test('e-mail constraints hold for the subject when there is no subjectAltName', () => {
  const subject = [['emailAddress', 'a@evil.test']] as const
  assert.equal(judge({ excluded: [{ email: 'evil.test' }] }, [], subject), 'violated')
  assert.equal(judge({ excluded: [{ email: 'evil.test' }] }, [{ dns: 'a.test' }], subject), 'ok')
})

test('constraints bind names of their own form only', () => {
  assert.equal(judge({ permitted: [{ dns: 'example.com' }] }, [{ ip: '192.0.2.1' }]), 'ok')
  assert.equal(judge({ excluded: [{ ip: '0.0.0.0/0' }] }, [{ dns: 'example.com' }]), 'ok')
})

test('every name must be permitted by one subtree, and excluded goes before permitted', () => {
  const permitted = [{ dns: 'a.test' }, { dns: 'b.test' }]
  assert.equal(judge({ permitted }, [{ dns: 'x.a.test' }, { dns: 'b.test' }]), 'ok')
  assert.equal(judge({ permitted }, [{ dns: 'a.test' }, { dns: 'c.test' }]), 'violated')
  assert.equal(judge({ permitted, excluded: permitted }, [{ dns: 'a.test' }]), 'violated')
})

test('a name that cannot be read is refused once its form is constrained', () => {
  const bad: [GeneralNameSpec, GeneralNameSpec][] = [
    [{ dns: 'other.test' }, { dns: '.example.com' }],
    [{ dns: 'other.test' }, { dns: 'a..b' }],
    [{ ip: '10.0.0.0/8' }, { ip: '192.0.2.0/24' }],
    [{ email: 'other.test' }, { email: 'nobody' }],
    [{ uri: 'other.test' }, { uri: 'urn:x:y' }],
    [{ uri: 'other.test' }, { uri: 'https://192.0.2.1/' }],
    [{ uri: 'other.test' }, { uri: 'https://[2001:db8::1]/' }],
    [{ raw: tlv(0x88, Uint8Array.of(0x2a)) }, { raw: tlv(0x88, Uint8Array.of(0x2b)) }],
  ]
  for (const [base, name] of bad) {
    assert.equal(judge({ permitted: [base] }, [name]), 'violated', JSON.stringify(name))
    assert.equal(judge({ excluded: [base] }, [name]), 'violated', JSON.stringify(name))
    assert.equal(judge({ permitted: [{ directory: 'x' }] }, [name]), 'ok', JSON.stringify(name))
  }
})

test('constraints that are not well-formed cannot be read', () => {
  const bad: GeneralNameSpec[] = [
    { dns: '.example.com' },
    { dns: '*.example.com' },
    { dns: 'a..b' },
    { ip: '192.0.2.1' },
    { raw: tlv(0x87, Uint8Array.of(10, 0, 0, 0, 255, 0, 255, 0)) },
    { raw: tlv(0x87, Uint8Array.of(10, 0, 0, 255, 0, 0)) },
    { email: '@' },
    { email: '' },
    { uri: 'https://example.com/' },
    { uri: '..' },
  ]
  for (const base of bad) {
    assert.equal(judge({ permitted: [base] }, []), 'unreadable', JSON.stringify(base))
    assert.equal(judge({ excluded: [base] }, []), 'unreadable', JSON.stringify(base))
  }
})
