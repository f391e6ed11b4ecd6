# ---
# jupyter:
#   xrlearn:
#     title:
#       en: What the machine sees
#       zh: 机器看到了什么
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # What the machine sees
#
# [中文](zh/what-the-machine-sees.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 机器看到了什么
#
# [English](../what-the-machine-sees.ipynb)

# %% [markdown] lang="en" tags=["read"]
# You see a wrist. The machine is handed a table of numbers. Everything it will ever say about the wrist has to come
# out of that table: by describing it somehow, and by learning something from the description. In a quarter of an hour
# you will look over its shoulder.

# %% [markdown] lang="zh" tags=["read"]
# 您看到的是腕部，机器得到的是一张数值表。它对腕部所能说的一切都必须来自这张表：先用某种方式描述它，再从描述中学到
# 些什么。接下来的一刻钟，让我们从它的角度看一看。

# %% [markdown] lang="en" tags=["notebook"]
# Click into a grey cell, press **Shift + Enter**, read on. For teaching. Not for diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。仅供教学，不得用于诊断。

# %%
from IPython.display import display

from xrlearn import phantom
from xrlearn.labs import lesson, machine_sees_state

lesson.begin()

# %% [markdown] lang="en"
# ## A table of grey values
#
# On the left the film, on the right what is handed to the machine: the small square, as numbers. A fracture is a place
# where neighbours differ in an unusual way. So is the edge of a letter.

# %% [markdown] lang="zh"
# ## 灰度值表
#
# 左边是影像，右边是交给机器的东西：小方框内的数值。所谓骨折，就是相邻数值出现异常差别的地方。铅字边缘也是如此。

# %%
film, truth = phantom.make("wrist", "PA", seed=11, lesion="undisplaced", subtlety=0.3, size=320)
lesson.numbers(film)

# %% [markdown] lang="en"
# ## Bits and windows
#
# A detector counts in 4,096 or more steps, a screen shows 256. Here is the same film with 12, 6, 3 and 1 bit. Twelve
# and six look alike: noise is coarser than their steps. Then comes the same film in a window for soft tissue: whatever
# is brighter than its upper end is one and the same white, and the fracture is gone. A network that is fed such a film
# has lost it too.

# %% [markdown] lang="zh"
# ## 位数与窗
#
# 探测器以 4096 级或更多级计数，屏幕显示 256 级。下面是同一影像的 12 位、6 位、3 位和 1 位。12 位和 6 位看上去一样：
# 噪声比它们的级差更大。再看软组织窗下的同一影像：凡是亮于上限的都变成同样的白色，骨折随之消失。网络若得到这样的影
# 像，同样看不到骨折。

# %%
steps = [machine_sees_state.coarser(film.pixels, bits) for bits in (12, 6, 3, 1)]
lesson.side_by_side([*steps, machine_sees_state.coarser(film.pixels, 8, window=(0.05, 0.5))])

# %% [markdown] lang="en"
# ## What lasts
#
# Now sixty wrists are described in three ways: grey value by grey value, by how often each grey value occurs, and by
# the directions of edges. Then every film is changed a little. How many of them are still recognised by their
# description? No description survives everything. That is why networks learn their own, from films that vary in what
# should not matter.

# %% [markdown] lang="zh"
# ## 什么经得起变化
#
# 下面用三种方式描述六十个腕部：逐点灰度、灰度直方图、边缘方向。然后每张影像都做一点改变。有多少还能凭描述被认出来？
# 没有一种描述经得起所有变化。因此网络要自己学习描述方式，学习时用的影像应在无关紧要的方面各不相同。

# %%
shelf = machine_sees_state.load()
wrists = shelf.films[::2]
for kind in machine_sees_state.FEATURES:
    shares = {c: machine_sees_state.recognised(wrists, kind, c, 1.0) for c in machine_sees_state.CHANGES}
    display(kind, shares)

# %% [markdown] lang="en" tags=["read"]
# ## Three ways to learn
#
# **Without answers** the machine puts together what is alike. It finds the largest difference there is. See which one
# that was.

# %% [markdown] lang="zh" tags=["read"]
# ## 三种学习方式
#
# **没有答案时**，机器把相似的归在一起，找到的是最大的差别。请看那是什么差别。

# %%
for kind in machine_sees_state.FEATURES:
    display(kind, machine_sees_state.without_labels(shelf, kind).agrees)

# %% [markdown] lang="en" tags=["read"]
# **With answers** the same descriptions are taught a question. The view and the hospital come easily. The fracture is
# hard: it is the smallest difference on the film.

# %% [markdown] lang="zh" tags=["read"]
# **有答案时**，用同样的描述教它一个问题。体位和医院很容易学会，骨折则很难：它是影像上最小的差别。

# %%
{asked: machine_sees_state.with_labels(shelf, "edges", asked) for asked in machine_sees_state.COLUMNS}

# %% [markdown] lang="en" tags=["read"]
# **By reward** an agent learns where to look. It is told nothing; it gets a point when it stands on the fracture.

# %% [markdown] lang="zh" tags=["read"]
# **靠奖励**，智能体学会往哪里看。没有人告诉它任何事，站到骨折上就得一分。

# %%
agent = machine_sees_state.Agent(machine_sees_state.goals(shelf))
agent.learn(200)
sum(agent.steps[:20]) / 20, sum(agent.steps[-20:]) / 20

# %% [markdown] lang="en"
# ## The lab
#
# The same with sliders. Say first what you expect.

# %% [markdown] lang="zh"
# ## 实验
#
# 同样的内容，换成滑块。请先说出您的预期。

# %% tags=["lab"]
from xrlearn.labs import machine_sees

lab = machine_sees.show()

# %% [markdown] lang="en" tags=["showed"]
# ## What it showed
#
# What is easy to tell apart in numbers is not what matters in a patient. View and hospital jump to the eye of a
# machine; the fracture is the smallest difference on the film. And no description survives every change: that is why
# networks need films that vary in all that should not matter.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它说明了什么
#
# 数值上容易区分的，未必是对患者重要的。体位和医院对机器来说一目了然，骨折却是影像上最小的差别。没有一种描述经得起
# 所有变化，所以网络需要在一切无关紧要的方面都各不相同的影像。
