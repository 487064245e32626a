/** What PyTorch's functions returned after `torch.manual_seed`, repeated call by call. */

import { describe, expect, test } from "vitest";
import { readGolden } from "../golden/cases.js";
import * as torch from "../../src/index.js";
