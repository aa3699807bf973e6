/** Every zone that the browser knows, and the wanted one even when its own list lacks it. */
export function zonesFor(wanted: string): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return known.includes(wanted) ? known : [wanted, ...known];
}
