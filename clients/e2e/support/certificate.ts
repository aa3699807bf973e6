/** A CERTIFICATE of its own for a hub that speaks TLS, and what this process has to know to talk to it. */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const OPENSSL =
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost';

/** Makes one, and lets this process take it; `trustNobody` ends that. Gives the settings of the hub, and the folder of the files. */
export async function ownCertificate(): Promise<{
  settings: Record<string, string>;
  folder: string;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'bedside-e2e-tls-'));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const words = [...OPENSSL.split(' '), '-out', certificate, '-keyout', key];
  await promisify(execFile)('openssl', words);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const settings = { BEDSIDE_TLS__CERTIFICATE: certificate, BEDSIDE_TLS__KEY: key };
  return { settings, folder };
}

export function trustNobody(): void {
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
}
