import { t } from "../core/i18n.js";
import { h } from "../core/dom.js";
import { badge } from "../core/parts.js";
import { named } from "../core/named.js";

export const title = () => t("nav.services");

const EXAMPLE = { nodes: [{ url: "http://10.0.0.1:8080", timeout: "10s", health_check: true }] };

export const render = ({ signal, query }) =>
  named({
    signal, query, title: title(), path: "/services", member: "services", example: EXAMPLE, readOnly: ["healthy"],
    summary: (service) => (service.nodes ?? []).map((node) =>
      h("div", h("span.mono", node.url), " ", !node.health_check ? null : badge(node.healthy ? "up" : "down", "health"))),
    text: t("services.text"),
  });
