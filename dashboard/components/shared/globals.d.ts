// What our scripts keep on the page: each component is a module of its own and sees no other.

import type { Film } from "../epoch_slider/state.js";
import type { PlotlyLibrary } from "../plots/plotly_library.js";

declare global {
    interface Window {
        Plotly?: PlotlyLibrary;
        autoencoderLabFilms?: Record<string, Film>;
        autoencoderLabGlossary?: boolean;
        autoencoderLabPlotly?: Promise<PlotlyLibrary>;
    }
}
