# ---
# jupyter:
#   xrlearn:
#     title:
#       en: The black box
#       zh: 黑箱
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # The black box
#
# [中文](zh/black-box.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 黑箱
#
# [English](../black-box.ipynb)

# %% [markdown] lang="en" tags=["read"]
# You disagree with a colleague: you put the film on the light box, point, and argue. With a network there is no
# arguing. What it offers is a heat map. How much is that worth? On simulated wrists the place of each
# fracture is known, so the question has an answer.

# %% [markdown] lang="zh" tags=["read"]
# 与同事意见不一时，您可以指着片子争论；与网络却无从争论，它能给的只有热图。热图值多少？模拟腕部的骨折位置已知，这个
# 问题便有了答案。

# %% [markdown] lang="en" tags=["notebook"]
# Twenty minutes. Click into a grey cell, press **Shift + Enter**, read on. For teaching. Not for diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 约二十分钟。点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。仅供教学，不得用于诊断。

# %%
from xrlearn.labs import lesson, wrists
from xrlearn.labs.black_box_state import SIZE, Disagreement, Workbench

lesson.begin()
bench = Workbench.of(wrists.load(size=SIZE))

# %% [markdown] lang="en"
# ## How often does a map hit the fracture?
#
# Two networks are trained in a few seconds: one on the answers, one on the same answers shuffled. Each line is the
# share of films on which the highest point of a map lies inside the fracture. `centre` and `chance` look at nothing.

# %% [markdown] lang="zh"
# ## 热图命中骨折的频率
#
# 几秒钟内训练两个网络：一个用真实答案，一个用打乱的答案。每行是热图最高点落在骨折内的影像比例。`centre` 与 `chance`
# 什么都不看。

# %%
bench.train()
for network in ("trained", "all", "shuffled"):
    hits = {name: f"{scored.hit:.0%}" for name, scored in bench.board(network).items()}
    print(f"{network:9s}", hits)

# %% [markdown] lang="en"
# The first map is exact: it adds up to the score. It need not be the one that hits: each of its places has looked at
# much of the film, so “here” is blurred. The last two lines are networks that know nothing;
# their maps are colourful too.
#
# ## Who is right?
#
# The model says fracture and you do not. Of 1,000 films, how many such quarrels are there, with a fracture and without?

# %% [markdown] lang="zh"
# 第一种热图是精确的，相加即得分；但命中率不一定最高：它的每一处都看了影像的很大一块，“这里”是模糊的。最后两行的网络
# 一无所知，热图却同样鲜明。
#
# ## 谁对？
#
# 模型报骨折，您没有。1000 张影像中，这样的分歧有多少？其中有骨折的多少，没有的多少？

# %%
for prevalence in (0.02, 0.2, 0.5):
    broken, whole = Disagreement(prevalence, (0.88, 0.95), (0.9, 0.88)).only_model
    print(f"{prevalence:4.0%} fractures: {broken:3.0f} with, {whole:3.0f} without")

# %% [markdown] lang="en"
# ## The lab
#
# Let the network forget, layer by layer, and watch which map notices.

# %% [markdown] lang="zh"
# ## 实验
#
# 让网络逐层遗忘，看看哪种热图会有反应。

# %% tags=["lab"]
from xrlearn.labs import black_box

lab = black_box.show()

# %% [markdown] lang="en" tags=["showed"]
# ## What it showed
#
# A colourful map is no argument. Networks that know nothing draw maps as fine as those of trained ones, and some
# kinds of map miss the fracture more often than a dot in the middle of the film. Whoever shows you a heat map owes you
# the figure how often it hits – on films where the truth is known.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它说明了什么
#
# 色彩鲜明的热图不等于论据。一无所知的网络画出的热图与训练过的同样漂亮，有些热图甚至不如影像正中的一个点命中得多。
# 谁给您看热图，谁就该告诉您它在真值已知的影像上命中的比例。
