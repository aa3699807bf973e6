/** That nobody has met a violated policy is said by who would have seen one: a violation that is planted is reported. */
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

story(
  'a violation of the policy that is planted is reported, with what it was of',
  async ({ arrive }) => {
    const ana = await arrive('Ana Example');
    // Whatever the hub answers has the policy.
    await ana.page.goto(`${hub().url}/healthz`);
    expect(ana.troubles, 'before anything is planted').toEqual([]);
    const planted: [kind: 'img' | 'link' | 'iframe', directive: string][] = [
      ['img', 'img-src'],
      ['link', 'style-src-elem'],
      ['iframe', 'frame-src'],
    ];
    for (const [kind, directive] of planted) {
      await ana.page.evaluate((kind) => {
        const foreign = document.createElement(kind);
        const address = `http://other.invalid/${kind}`;
        if (foreign instanceof HTMLLinkElement) {
          foreign.rel = 'stylesheet';
          foreign.href = address;
        } else {
          foreign.src = address;
        }
        document.body.append(foreign);
      }, kind);
      const report = expect.stringContaining(`policy violated: ${directive} http://other.invalid`);
      await expect.poll(() => ana.troubles, `${kind} is reported`).toContainEqual(report);
    }
    // Whoever met one fails their story; this one was told to.
    ana.troubles.length = 0;
  },
);
