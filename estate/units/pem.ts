/** Whether a bundle of certificates holds one, however the lines of either are broken. */
export function holdsCertificate(bundle: string, certificate: string): boolean {
  return withoutSpace(bundle).includes(withoutSpace(certificate));
}

function withoutSpace(pem: string): string {
  return pem.replaceAll(/\s/g, "");
}
