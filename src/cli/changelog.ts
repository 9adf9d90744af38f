/** What CHANGELOG.md says of a version, without its heading. Throws where there is nothing: such a version is not released. */
export function sectionOf(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.find((section) => {
    const [heading = ''] = section.split('\n', 1);
    return heading.replace(/^\[(.*?)\]/, '$1').split(/\s/)[0] === version;
  });
  if (found === undefined) {
    throw new Error(`CHANGELOG.md has no section "## ${version}": write one, out of "## Unreleased"`);
  }
  const text = found.split('\n').slice(1).join('\n').trim();
  if (text === '') throw new Error(`the section "## ${version}" of CHANGELOG.md is empty: say what is new`);
  return text;
}
