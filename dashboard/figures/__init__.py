"""Pure functions from arrays to the dictionaries that plotly.js takes: no Streamlit, no TensorFlow.

A figure is {"data": traces, "layout": layout}, because `plotly.graph_objects` checks every property
in Python, which takes it longer than all the rest of a page's answer. The tests put every figure
through that check instead.

The figures carry neither the colour of text nor of paper, which belong to the page's theme and are
set in the browser (`plots.js`), and no camera, which belongs to the user. What tells two things
apart is never colour alone: it comes with a symbol, a line pattern or a label.
"""
