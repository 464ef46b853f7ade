// SPDX-License-Identifier: GPL-2.0-only
#include "html.h"

void html_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
			break;
		}
	}
}

void html_table(FILE *out, const char *caption, const char *const *titles)
{
	fputs("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
	html_text(out, caption);
	fputs("\"><table><caption>", out);
	html_text(out, caption);
	fputs("</caption><thead><tr>", out);
	for (; *titles; titles++) {
		int number = **titles == '#';

		fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
		html_text(out, *titles + number);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>\n", out);
}

void html_cell(FILE *out, const char *text, int number)
{
	fputs(number ? "<td class=\"n\">" : "<td>", out);
	html_text(out, text);
	fputs("</td>", out);
}

void html_table_end(FILE *out)
{
	fputs("</tbody></table></div>\n", out);
}
