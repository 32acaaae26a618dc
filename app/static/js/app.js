// One behaviour a file, each attached by data attributes, each dispensable: every page works without them.
import "./announce.js";
import "./busy.js";
import "./focus.js";
import "./menu.js";
import "./dialog.js";
import "./theme.js";
import "./select.js";
import "./rows.js";
import "./shortcuts.js";
import "./guard.js";
import "./unsaved.js";
import "./flash.js";
import "./copy.js";
import "./passkey.js";
import "./session.js";
