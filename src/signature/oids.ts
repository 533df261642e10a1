// Object identifiers that both keys and signatures of RSASSA-PSS have in their parameters (RFC 4055 §2.1, §2.2, §3.1).

export const RSASSA_PSS = '1.2.840.113549.1.1.10'
export const MGF1 = '1.2.840.113549.1.1.8'

export const HASH_NAMES: ReadonlyMap<string, 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'> =
  new Map([
    ['1.3.14.3.2.26', 'sha1'],
    ['2.16.840.1.101.3.4.2.4', 'sha224'],
    ['2.16.840.1.101.3.4.2.1', 'sha256'],
    ['2.16.840.1.101.3.4.2.2', 'sha384'],
    ['2.16.840.1.101.3.4.2.3', 'sha512'],
  ])
