import axe from 'axe-core';

/**
 * What axe finds wrong with the page. Contrast and sizes want a real layout: the browser tests look at those. The
 * rules of whole documents are for documents with a header, which these are.
 */
export async function faultsOfPage(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    resultTypes: ['violations'],
    rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false } },
  });
  return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target).join(', ')}`);
}
