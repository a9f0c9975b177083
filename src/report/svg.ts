/** Pixels with as many decimals as a figure needs. */
export const place = (pixels: number): number => Number(pixels.toFixed(2));

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text that lets nothing out of an SVG element. */
export const xml = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]!);

/** The document around marks: title and description in words first, for those who cannot see the rest. */
export const svgDocument = (
  { width, height, title, description }: { width: number; height: number; title: string; description: string },
  marks: readonly string[],
): string => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<title>${xml(title)}</title>
<desc>${xml(description)}</desc>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="8" y="22" font-size="14" font-weight="600">${xml(title)}</text>
${marks.join("\n")}
</svg>
`;
